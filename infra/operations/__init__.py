"""Operations: how everything stands, for the bank's operators, and what they decide about parked events.

It owns no facts: it asks the servers and reads the subscriptions' own records, so that it holds whoever is down.
"""
