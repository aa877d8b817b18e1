"""The group `handover` of the command line, and what the handover adds to other groups."""
