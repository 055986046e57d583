"""
Any server that speaks Blockfrost's HTTP: hosted Blockfrost, Dolos, Yaci Store, the devnet.

Which of their answers differ is in tests/adapters/chain/answers/README.md. The official SDK
(`blockfrost-python`) is the reference that the tests hold this client against, and is not imported
here: each of its calls blocks, has no timeout and no limit (ADR 0030).
"""
