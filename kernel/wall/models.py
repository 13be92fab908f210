"""The wall has no models. This module exists because Django tells only apps with one that migrations have finished."""
