"""Second opinions: contacts to ask, records assigned to them, what they found, and how well all agree.

    contacts -> assigning -> inbox -> reviewing -> agreement -> statistics (pure)

What a blind reviewer must not see is decided in `gateway.blindness`, whoever asks.
"""
