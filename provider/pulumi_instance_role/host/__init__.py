"""What runs in Pulumi's provider host: the adapter to Pulumi, claims, and how calls are carried out.

A host process serves one operation (preview, up, refresh, destroy). Plans come from :mod:`pulumi_instance_role.plan`;
:mod:`.converge` carries them out for roles, policies, attachments and grants, :mod:`.rebind` for bindings.
"""
