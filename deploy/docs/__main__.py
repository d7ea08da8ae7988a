"""`python -m deploy.docs` writes the generated pages; `--check` fails when one is out of date."""

from deploy.docs.generate import main

main()
