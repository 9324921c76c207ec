# cmake --install: zenops-cli, the libraries of the components, their headers and what find_package(zenops) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(zenops_package "${CMAKE_INSTALL_LIBDIR}/cmake/zenops")

set(zenops_libraries base aggregation aggregation_cuda attacks runtime models actors configs training)
foreach(name ${zenops_libraries})
  set_target_properties(zenops_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(zenops_${name} INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endforeach()
list(TRANSFORM zenops_libraries PREPEND zenops_ OUTPUT_VARIABLE targets)
install(TARGETS ${targets} EXPORT zenops LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS zenops_torch LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET zenops_torch_cuda)
  install(TARGETS zenops_torch_cuda LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
install(TARGETS zenops-cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
get_target_property(caf_library CAF::core IMPORTED_LOCATION_RELEASE)
if(NOT caf_library)
  get_target_property(caf_library CAF::core LOCATION)
endif()
get_filename_component(caf_folder "${caf_library}" DIRECTORY)
set_target_properties(zenops-cli PROPERTIES INSTALL_RPATH "${caf_folder}")

# The public headers and what they include, found from <zenops/…> alone: a folder of the user's that is called runtime/ hides nothing.
set(ZENOPS_HEADERS zenops/zenops.hpp zenops/aggregation.hpp zenops/training.hpp zenops/system.hpp)
configure_file("${PROJECT_SOURCE_DIR}/cmake/InstallHeaders.cmake.in" "${PROJECT_BINARY_DIR}/InstallHeaders.cmake" @ONLY)
install(SCRIPT "${PROJECT_BINARY_DIR}/InstallHeaders.cmake")

install(EXPORT zenops NAMESPACE zenops:: DESTINATION "${zenops_package}" FILE zenopsTargets.cmake)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/zenopsConfig.cmake.in" "${PROJECT_BINARY_DIR}/zenopsConfig.cmake"
  INSTALL_DESTINATION "${zenops_package}" PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/zenopsConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/zenopsConfig.cmake" "${PROJECT_BINARY_DIR}/zenopsConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/zenopsMessages.cmake" DESTINATION "${zenops_package}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/zenops")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME zenops)
set(CPACK_PACKAGE_VENDOR zenops)
set(CPACK_PACKAGE_CONTACT "the zenops project")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "actor runtime for training models on machines you do not trust")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# What the headers and the package's CMake file need. CAF and libtorch are no packages of the distribution: they stay where they are.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "libc6, libstdc++6, libssl3 | libssl3t64, libsqlite3-0, libcairo2, libedit2, zlib1g, capnproto, libcapnp-dev, libexpected-dev, libyaml-cpp-dev, libhwy-dev, libsqlite3-dev, libssl-dev, zlib1g-dev, nlohmann-json3-dev, pkg-config")
include(CPack)
