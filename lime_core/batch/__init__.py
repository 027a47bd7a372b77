"""Many pictures, processes and machines.

A `job` says what is done with every picture, `run` goes through the pictures, `shards` keeps results, `table` sums them
up, and a `pool` computes them: in this process, in several (`local_pool`), or on several machines (`ray_pool`).
"""
