# SPDX-License-Identifier: MIT
"""Small programs to try the profiler on."""
