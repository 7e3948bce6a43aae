"""A small deployment engine on Pulumi's own protocol, for where no Pulumi CLI can be had."""
