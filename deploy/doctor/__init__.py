"""What `themewire doctor` looks at: a check for each thing that has to be well, and what to do where one is not."""

from deploy.doctor.checks import CHECKS, QUICK, WITHOUT_STREAM, examine
from deploy.doctor.finding import Finding

__all__ = ["CHECKS", "QUICK", "WITHOUT_STREAM", "Finding", "examine"]
