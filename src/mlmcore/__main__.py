"""`python -m mlmcore`: the command line, where the script `mlmcore` is not on the path."""

from mlmcore.cli import main

if __name__ == "__main__":
    main()
