# SPDX-License-Identifier: MIT
# Refuses, with a sentence, the platforms whose clocks and signals the core has not been written for.

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    message(FATAL_ERROR
        "libprof runs on Linux only (per-thread timers and thread CPU clocks); "
        "this is ${CMAKE_SYSTEM_NAME}.")
endif()
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64|aarch64|arm64)$"
        OR NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
    message(FATAL_ERROR
        "libprof runs on 64-bit x86-64 and aarch64 only; this is ${CMAKE_SYSTEM_PROCESSOR} "
        "with ${CMAKE_SIZEOF_VOID_P}-byte pointers.")
endif()
if(NOT CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang)$")
    message(FATAL_ERROR
        "libprof is built by GCC or clang; CC is ${CMAKE_C_COMPILER_ID} (${CMAKE_C_COMPILER}).")
endif()
