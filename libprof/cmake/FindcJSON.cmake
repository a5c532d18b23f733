# SPDX-License-Identifier: MIT
# Finds cJSON by its header and library and gives the target prof::cjson. It is installed beside
# prof-config.cmake, because whoever links the static library needs cJSON too; the name of the
# target is ours, so that it never clashes with the ones cJSON's own package exports.

find_path(CJSON_INCLUDE_DIR cjson/cJSON.h)
find_library(CJSON_LIBRARY NAMES cjson)
mark_as_advanced(CJSON_INCLUDE_DIR CJSON_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cJSON
    REQUIRED_VARS CJSON_LIBRARY CJSON_INCLUDE_DIR
    REASON_FAILURE_MESSAGE
    "cJSON (header <cjson/cJSON.h> and library) is missing: on Debian and Ubuntu install libcjson-dev.")

if(cJSON_FOUND AND NOT TARGET prof::cjson)
    add_library(prof::cjson UNKNOWN IMPORTED)
    set_target_properties(prof::cjson PROPERTIES
        IMPORTED_LOCATION "${CJSON_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CJSON_INCLUDE_DIR}")
endif()
