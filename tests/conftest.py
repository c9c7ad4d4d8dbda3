"""What every test needs before Qt or anything else is imported."""

import os

# Windows of tests are never shown; a machine that runs them may have no display at all.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
