# zenops_messages(TARGET FILE.capnp…): messages of your own. The schemas, given by their places below the folder of the CMakeLists.txt,
# are compiled into TARGET; their headers are included by the same places: wire/counter.capnp is "wire/counter.capnp.h".
function(zenops_messages target)
  set(CAPNPC_SRC_PREFIX "${CMAKE_CURRENT_SOURCE_DIR}")
  set(CAPNPC_OUTPUT_DIR "${CMAKE_CURRENT_BINARY_DIR}/${target}.messages")
  file(MAKE_DIRECTORY "${CAPNPC_OUTPUT_DIR}")
  zenops_compile_schemas(${target} PRIVATE ${ARGN})
  target_include_directories(${target} PRIVATE "${CAPNPC_OUTPUT_DIR}")
endfunction()

# Into TARGET, from and to where CAPNPC_SRC_PREFIX and CAPNPC_OUTPUT_DIR say. Generated code is not held to anybody's warnings.
function(zenops_compile_schemas target visibility)
  capnp_generate_cpp(sources headers ${ARGN})
  target_sources(${target} PRIVATE ${sources} ${headers})
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-w")
  target_link_libraries(${target} ${visibility} CapnProto::capnp)
endfunction()
