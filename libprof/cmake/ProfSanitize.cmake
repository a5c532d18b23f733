# SPDX-License-Identifier: MIT
# PROF_SANITIZE and PROF_FUZZ reach every object of the build, because a race or an overflow is
# only seen in code that was instrumented.

if(PROF_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "PROF_FUZZ needs libFuzzer: configure with CC=clang.")
    endif()
    if(NOT PROF_SANITIZE)
        set(PROF_SANITIZE "address,undefined")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(PROF_SANITIZE)
    if(NOT PROF_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
        message(FATAL_ERROR
            "PROF_SANITIZE is '${PROF_SANITIZE}'; it can be address, undefined, "
            "address,undefined or thread.")
    endif()
    set(PROF_SANITIZE_FLAGS
        -fsanitize=${PROF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # Assertions stay on here: a sanitizer build is for finding what is wrong.
    add_compile_options(${PROF_SANITIZE_FLAGS} -UNDEBUG)
    add_link_options(${PROF_SANITIZE_FLAGS})
endif()
