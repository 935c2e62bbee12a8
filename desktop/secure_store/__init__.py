"""The encrypted store on this laptop: SQLCipher and the operating system's keyring live here only."""
