# SPDX-License-Identifier: MIT
# The CPython extension libprof._native: cpython/*.c on the static core, for wheels and editable
# installs. It reads interpreter internals, so it is built for exactly one tested minor version.

include(CheckIPOSupported)

find_package(Threads REQUIRED)
find_package(cJSON REQUIRED)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)

execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
        "import sys, sysconfig; print(sys.implementation.name, sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
    OUTPUT_VARIABLE PROF_PYTHON_KIND
    OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
if(NOT PROF_PYTHON_KIND MATCHES "^cpython ")
    message(FATAL_ERROR "libprof needs CPython; ${Python_EXECUTABLE} is another implementation.")
endif()
if(Python_VERSION VERSION_LESS 3.11 OR Python_VERSION VERSION_GREATER_EQUAL 3.16)
    message(FATAL_ERROR
        "libprof supports CPython 3.11 to 3.15; ${Python_EXECUTABLE} is ${Python_VERSION}.")
endif()
if(NOT PROF_PYTHON_KIND STREQUAL "cpython 0")
    message(FATAL_ERROR
        "libprof does not support free-threaded CPython yet; "
        "build it for the ordinary interpreter (python${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}).")
endif()

set(PROF_DIR "${PROJECT_SOURCE_DIR}/libprof")
file(GLOB PROF_CORE_SOURCES CONFIGURE_DEPENDS "${PROF_DIR}/core/*.c" "${PROF_DIR}/export/*.c")
file(GLOB PROF_CPYTHON_SOURCES CONFIGURE_DEPENDS "${PROF_DIR}/cpython/*.c")

add_library(prof_core STATIC ${PROF_CORE_SOURCES})
target_include_directories(prof_core
    PUBLIC "${PROF_DIR}/include" "${PROF_DIR}/core" "${PROF_DIR}/export")
target_link_libraries(prof_core PUBLIC prof::cjson Threads::Threads)

Python_add_library(_native MODULE WITH_SOABI ${PROF_CPYTHON_SOURCES})
# A signal handler must not be the first to call a function: the dynamic linker would look it up, with a lock.
target_link_options(_native PRIVATE LINKER:-z,now)
target_include_directories(_native PRIVATE "${PROF_DIR}/cpython")
target_link_libraries(_native PRIVATE prof_core)

# The hook calls into the core on every event; only link-time optimisation can inline across.
check_ipo_supported(RESULT PROF_IPO LANGUAGES C)
foreach(target IN ITEMS prof_core _native)
    prof_warnings(${target})
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    if(PROF_IPO AND NOT PROF_SANITIZE)
        set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
    endif()
endforeach()
# Before 3.13 the interpreter's own interface takes keyword names as plain char *.
target_compile_options(_native PRIVATE -Wno-write-strings)

install(TARGETS _native LIBRARY DESTINATION libprof COMPONENT python)
