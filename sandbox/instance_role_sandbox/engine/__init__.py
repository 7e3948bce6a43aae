"""A small deployment engine on Pulumi's own protocol, for where no Pulumi CLI can be had."""

import os

# gRPC's core writes what it notices (a closed connection, say) straight to stderr, into the middle of the display.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
