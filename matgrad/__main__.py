"""python -m matgrad"""

import sys

from .apps.cli import main

sys.exit(main())
