"""The Windows program: frozen, packed, installed and tried under Wine (see README.md here)."""
