"""The subcommands, a file for each kind of thing."""
