# SPDX-License-Identifier: MIT
# The admin's scripts and styles are built from frontend/ and not kept in git. A package without
# them would install, and show empty pages: so they are built here when Node is at hand, and the
# build stops with the remedy when it is not.

set(PROF_DIST "${PROJECT_SOURCE_DIR}/django_profiler/static/django_profiler/dist")
set(PROF_MANIFEST "${PROF_DIST}/manifest.json")

function(prof_build_frontend)
    find_program(PROF_NPM npm)
    if(NOT PROF_NPM)
        return()
    endif()
    message(STATUS "Building the front end with ${PROF_NPM}")
    foreach(command IN ITEMS "ci;--ignore-scripts;--no-audit;--no-fund" "run;build")
        execute_process(COMMAND "${PROF_NPM}" ${command}
            WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}/frontend"
            RESULT_VARIABLE result)
        if(NOT result EQUAL 0)
            return()
        endif()
    endforeach()
endfunction()

# An editable install works on the source tree, where the front end may come later.
if(NOT SKBUILD_STATE STREQUAL "editable")
    if(NOT EXISTS "${PROF_MANIFEST}" AND EXISTS "${PROJECT_SOURCE_DIR}/frontend/package.json")
        prof_build_frontend()
    endif()
    if(NOT EXISTS "${PROF_MANIFEST}")
        message(FATAL_ERROR
            "The built front end is missing (${PROF_MANIFEST}). "
            "Run `make frontend` (Node 18 or newer with npm), then build again.")
    endif()
endif()
