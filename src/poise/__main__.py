"""`python -m poise` is the `poise` command."""

from poise.cli.main import main

if __name__ == "__main__":
    main()
