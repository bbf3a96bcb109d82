# The library lmdb: LMDB 0.9, which writes LMDB files. Its sources are in the npm package "lmdb" in a checkout, and in vendor/lmdb in the
# published package, where scripts/pack.mjs puts them. Nothing of it is exported: npm's own addon, in the same process, has functions of the
# same names.
set(LMDB_SOURCES ${CMAKE_CURRENT_LIST_DIR}/vendor/lmdb)
if(NOT EXISTS ${LMDB_SOURCES}/mdb.c)
  get_filename_component(LMDB_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/../node_modules/lmdb/dependencies/lmdb-data-v1/libraries/liblmdb ABSOLUTE)
endif()
if(NOT EXISTS ${LMDB_SOURCES}/mdb.c)
  message(FATAL_ERROR "Cannot find the sources of LMDB in ${LMDB_SOURCES}: run \"npm ci\"")
endif()

add_library(lmdb STATIC ${LMDB_SOURCES}/mdb.c ${LMDB_SOURCES}/midl.c)
target_include_directories(lmdb SYSTEM PUBLIC ${LMDB_SOURCES})
set_target_properties(lmdb PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
find_package(Threads REQUIRED)
target_link_libraries(lmdb PUBLIC Threads::Threads)
