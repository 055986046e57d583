"""The JSON API, by area: routes translate, commands and reads do the work."""
