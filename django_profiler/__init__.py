# SPDX-License-Identifier: MIT
"""Profiles of single Django requests, taken by libprof and shown in the admin."""
