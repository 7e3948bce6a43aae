"""The clouds' APIs and metadata services on loopback, for any client that speaks them.

One process, one port, one state file. :mod:`.server` takes connections (plain or TLS), :mod:`.app` hands each request
to the control API, to a metadata service or to the cloud whose signature it carries; a cloud lives in a package of its
own (:mod:`.alibaba`, :mod:`.tencent`), and everything beside those packages knows no cloud.
"""
