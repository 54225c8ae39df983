"""The repositories over a `Session`: one module per aggregate, keeping the promises of `mlmcore.repositories.protocols`."""
