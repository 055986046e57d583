"""Where the platform's private keys are: a file, an encrypted keystore, a KMS. One file for each."""
