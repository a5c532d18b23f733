# SPDX-License-Identifier: MIT
# prof_warnings(target): the warnings our own C is written under.

include(CheckCCompilerFlag)

set(PROF_WARNING_FLAGS
    -Wall
    -Wextra
    -Wshadow
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wmissing-declarations
    -Wold-style-definition
    -Wredundant-decls
    -Wvla
    -Wpointer-arith
    -Wcast-qual
    -Wcast-align
    -Wwrite-strings
    -Wundef
    -Wformat=2
    -Winit-self
    -Wnull-dereference
    -Wimplicit-fallthrough
    -Wunused-result
)
# Only one of the two compilers knows these.
foreach(flag IN ITEMS -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
    string(MAKE_C_IDENTIFIER "PROF_HAS${flag}" has)
    check_c_compiler_flag(${flag} ${has})
    if(${has})
        list(APPEND PROF_WARNING_FLAGS ${flag})
    endif()
endforeach()
if(PROF_WERROR)
    list(APPEND PROF_WARNING_FLAGS -Werror)
endif()

function(prof_warnings target)
    target_compile_options(${target} PRIVATE ${PROF_WARNING_FLAGS})
endfunction()
