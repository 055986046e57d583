"""Prepares the containers of docker-compose.yml for trying the registry out on one machine."""
