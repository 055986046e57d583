"""The platform's wallet: transactions, bodies, the signer."""
