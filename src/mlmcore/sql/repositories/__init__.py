"""The repositories over a `Session`, one module per aggregate; their promises stand in `repositories.protocols`."""
