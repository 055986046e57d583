"""
Countries that ISO 3166-1 has no code for.

The standard leaves XA to XZ (and AA, QM to QZ, ZZ) to its users. Of those the registry knows one: XK
for Kosovo, as the World Bank, the European Union and the carbon registries write it, with XKX in
three letters. All others mean something else to each who uses them, and are refused.

Source: ISO 3166-1, section 8.1.3 (user-assigned code elements).
"""

USER_ASSIGNED_CODES = {"XK": "XKX", "XKX": "XKX"}
"""Alpha-2 and alpha-3 to the alpha-3 that is stored."""

USER_ASSIGNED_NAMES = {"XKX": "Kosovo"}
