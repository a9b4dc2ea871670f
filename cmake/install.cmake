# Installs the library so that find_package(weightsonly) and pkg-config find it. Both stay right when the tree is moved.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/weightsonly")

install(TARGETS weightsonly EXPORT weightsonly-targets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET weightsonly_tool)
  install(TARGETS weightsonly_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

install(FILES reference/weightsonly.h reference/weightsonly_c.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/weightsonly")
foreach(floor IN ITEMS base container pickle value policy machine checkpoint output)
  install(DIRECTORY "reference/${floor}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/weightsonly"
          FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()

install(EXPORT weightsonly-targets NAMESPACE weightsonly:: DESTINATION "${package_dir}")
configure_package_config_file(cmake/weightsonly-config.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/weightsonly-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/weightsonly-config-version.cmake"
  COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/weightsonly-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/weightsonly-config-version.cmake" DESTINATION "${package_dir}")

# A static library hands its needs to whoever links it; a shared one keeps them to itself.
set(pc_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH pc_to_prefix "${pc_dir}" "${CMAKE_INSTALL_PREFIX}")
if(BUILD_SHARED_LIBS)
  set(pc_requires "Requires.private: zlib")
  set(pc_libs "")
  set(pc_cflags " -DWEIGHTSONLY_SHARED")
else()
  set(pc_requires "Requires: zlib")
  # A C compiler links it too, and does not bring the standard library of C++, nor that of mathematics.
  set(pc_libs " -pthread")
  foreach(library IN LISTS CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
    if(library MATCHES "^(stdc\\+\\+|c\\+\\+|m)$")
      string(APPEND pc_libs " -l${library}")
    endif()
  endforeach()
  set(pc_cflags "")
endif()
configure_file(cmake/weightsonly.pc.in "${CMAKE_CURRENT_BINARY_DIR}/weightsonly.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/weightsonly.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
