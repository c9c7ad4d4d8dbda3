"""Where both frozen programs begin, Stallhand.exe and stallhand-cli.exe."""

import sys

from desktop.__main__ import main

sys.exit(main())
