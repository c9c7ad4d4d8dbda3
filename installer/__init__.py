"""How Stallhand gets onto a machine: set-up, lock files, the Windows installer."""
