# The outside libraries. Each has one address in the tree (script/layers checks the includes) and
# is linked PRIVATE there. Imported targets are SYSTEM: their headers do not warn.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0) # app/base/crypto.c
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.38) # storage/sqlite_*.c
pkg_check_modules(YAJL REQUIRED IMPORTED_TARGET yajl>=2.1) # app/json.c
pkg_check_modules(CMARK REQUIRED IMPORTED_TARGET libcmark>=0.30) # app/story_loader.c
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv>=1.44) # handlers/
# The flavour of h2o for libuv, which is the default of its headers. Its .pc file carries the
# version of the shared object, not of h2o.
pkg_check_modules(H2O REQUIRED IMPORTED_TARGET libh2o>=0.13) # handlers/

if(CASYS_TESTS)
    pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check>=0.15)
endif()
