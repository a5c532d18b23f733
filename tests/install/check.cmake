# SPDX-License-Identifier: MIT
# cmake -D BUILD_DIR= -D EXAMPLES_DIR= -D WORK_DIR= -D C_COMPILER= -D GENERATOR= -P check.cmake
#
# Installs the library to a prefix of its own and builds the examples as a user would: by
# find_package and by pkg-config, with the shared library and, where that one is out of reach, with
# the static one. Every program must exit with 0 and print the tree it is known to have.

cmake_minimum_required(VERSION 3.25)

set(PREFIX "${WORK_DIR}/prefix")
set(STATIC_PREFIX "${WORK_DIR}/prefix-static")
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT result EQUAL 0)
        list(JOIN ARGV " " line)
        message(FATAL_ERROR "${line}\nexit status: ${result}\n${out}")
    endif()
    set(OUTPUT "${out}" PARENT_SCOPE)
endfunction()

# <example>.expected, beside this script, has one regular expression a line.
function(check_program name program)
    run("${program}")
    file(STRINGS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${name}.expected" patterns)
    foreach(pattern IN LISTS patterns)
        if(NOT OUTPUT MATCHES "${pattern}")
            message(FATAL_ERROR "${program} did not print '${pattern}':\n${OUTPUT}")
        endif()
    endforeach()
    message(STATUS "${program}: good")
endfunction()

# compile NAME PREFIX PROGRAM [--static]: by pkg-config, from the .pc file of that prefix alone.
function(compile name prefix program)
    file(GLOB_RECURSE pc "${prefix}/prof.pc")
    cmake_path(GET pc PARENT_PATH pc_dir)
    cmake_path(GET pc_dir PARENT_PATH lib_dir)
    set(ENV{PKG_CONFIG_PATH} "${pc_dir}")
    run("${PKG_CONFIG}" --cflags --libs ${ARGN} prof)
    separate_arguments(flags UNIX_COMMAND "${OUTPUT}")
    run("${C_COMPILER}" -std=gnu11 -Wall -Wextra -Werror -o "${program}"
        "${EXAMPLES_DIR}/${name}.c" ${flags} "-Wl,-rpath,${lib_dir}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${PREFIX}")
file(GLOB_RECURSE INSTALLED RELATIVE "${PREFIX}" "${PREFIX}/*")
foreach(pattern IN ITEMS "include/prof/prof\\.h" "/libprof\\.so" "/libprof\\.so\\.[0-9]+\\.[0-9]+" "/libprof\\.a"
        "/pkgconfig/prof\\.pc" "/cmake/prof/prof-config\\.cmake"
        "/cmake/prof/prof-config-version\\.cmake")
    set(found ${INSTALLED})
    list(FILTER found INCLUDE REGEX "${pattern}$")
    if(NOT found)
        message(FATAL_ERROR "cmake --install left no ${pattern} among: ${INSTALLED}")
    endif()
endforeach()

# The shared library offers what the header declares, and nothing of its inside.
find_program(NM nm REQUIRED)
file(GLOB_RECURSE library "${PREFIX}/libprof.so")
run("${NM}" -D --defined-only --format=posix "${library}")
string(REGEX MATCHALL "[^\n]+" symbols "${OUTPUT}")
list(TRANSFORM symbols REPLACE " .*" "")
set(foreign ${symbols})
list(FILTER foreign EXCLUDE REGEX "^prof_[a-z]")
if(NOT symbols OR foreign)
    message(FATAL_ERROR "libprof.so exports names that are not public: ${foreign}")
endif()

file(GLOB examples "${EXAMPLES_DIR}/*.c")
if(NOT examples)
    message(FATAL_ERROR "no example in ${EXAMPLES_DIR}")
endif()

run("${CMAKE_COMMAND}" -S "${EXAMPLES_DIR}" -B "${WORK_DIR}/cmake" -G "${GENERATOR}"
    "-DCMAKE_C_COMPILER=${C_COMPILER}" "-DCMAKE_PREFIX_PATH=${PREFIX}"
    "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
run("${CMAKE_COMMAND}" --build "${WORK_DIR}/cmake")

find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
file(COPY "${PREFIX}/" DESTINATION "${STATIC_PREFIX}")
file(GLOB_RECURSE shared "${STATIC_PREFIX}/libprof.so*")
file(REMOVE ${shared})

foreach(example IN LISTS examples)
    cmake_path(GET example STEM name)
    check_program(${name} "${WORK_DIR}/cmake/${name}_with_prof")
    check_program(${name} "${WORK_DIR}/cmake/${name}_with_prof_static")
    compile(${name} "${PREFIX}" "${WORK_DIR}/${name}_pkgconfig")
    check_program(${name} "${WORK_DIR}/${name}_pkgconfig")
    compile(${name} "${STATIC_PREFIX}" "${WORK_DIR}/${name}_pkgconfig_static" --static)
    check_program(${name} "${WORK_DIR}/${name}_pkgconfig_static")
endforeach()
