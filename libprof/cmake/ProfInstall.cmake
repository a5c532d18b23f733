# SPDX-License-Identifier: MIT
# What `cmake --install` puts on a system: header, both libraries, pkg-config file, CMake package.

include(CMakePackageConfigHelpers)

set(PROF_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/prof")

install(DIRECTORY include/prof DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(TARGETS prof prof_static EXPORT prof_targets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT prof_targets NAMESPACE prof:: FILE prof-targets.cmake
    DESTINATION "${PROF_PACKAGE_DIR}")

configure_package_config_file(cmake/prof-config.cmake.in prof-config.cmake
    INSTALL_DESTINATION "${PROF_PACKAGE_DIR}")
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(prof-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    "${CMAKE_CURRENT_BINARY_DIR}/prof-config.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/prof-config-version.cmake"
    "${CMAKE_CURRENT_SOURCE_DIR}/cmake/FindcJSON.cmake"
    DESTINATION "${PROF_PACKAGE_DIR}")

# The .pc file finds its prefix from where it lies, so an installation can be moved or staged; only
# someone who chose absolute folders gets those written down.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(PROF_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
    set(PROF_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
    set(PROF_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
    file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(PROF_PC_PREFIX "\${pcfiledir}/${up}")
    set(PROF_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(PROF_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/prof.pc.in prof.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/prof.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
