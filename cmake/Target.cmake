# Compilers are called through ccache where there is one. A user without it can build all the same.
find_program(ZENOPS_CCACHE ccache)
if(ZENOPS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ZENOPS_CCACHE}")
endif()
if(ZENOPS_CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${ZENOPS_CCACHE}")
endif()

# zenops_library(NAME [SHARED] SOURCES … LINKS …): a package of ours, compiled with our warnings, included from the top.
function(zenops_library name)
  cmake_parse_arguments(ARG "SHARED" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(ARG_SHARED)
    add_library(zenops_${name} SHARED ${ARG_SOURCES})
  else()
    add_library(zenops_${name} STATIC ${ARG_SOURCES})
  endif()
  add_library(zenops::${name} ALIAS zenops_${name})
  target_link_libraries(zenops_${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  target_include_directories(zenops_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR};${PROJECT_BINARY_DIR}>")
  target_compile_features(zenops_${name} PUBLIC cxx_std_20)
  zenops_warnings(zenops_${name})
endfunction()

# g++ 13 and 14 take a reference that a function returns for one into the temporary that it was given.
function(zenops_warnings target)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-Wall -Wextra -Werror -Wno-dangling-reference>
    $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings -Xcompiler=-Wall,-Wextra>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms about std::string (GCC bug 105651), and about temporaries made of nested braces.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-Wno-restrict -Wno-maybe-uninitialized>)
  endif()
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-Wno-maybe-uninitialized>)  # false alarms that GCC's manual warns of
  endif()
endfunction()

# zenops_schema(TARGET FILE…): Cap'n Proto schemas of this folder, compiled into TARGET; their headers are included as
# "folder/wire/name.capnp.h".
function(zenops_schema target)
  set(CAPNPC_SRC_PREFIX "${PROJECT_SOURCE_DIR}")
  set(CAPNPC_OUTPUT_DIR "${PROJECT_BINARY_DIR}")
  set(CAPNPC_IMPORT_DIRS "${PROJECT_SOURCE_DIR}")
  zenops_compile_schemas(${target} PUBLIC ${ARGN})
endfunction()
