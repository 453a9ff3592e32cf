# casys_flags: what every translation unit of this project is compiled with.
#
# It is linked PRIVATE everywhere, so that nothing leaks into a consumer by accident. The flags of
# a sanitizer are global instead: a program is either instrumented as a whole or not at all.

include(CheckCCompilerFlag)
include(CheckPIESupported)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported()

# ENSURE is on in every build, and so is assert: NDEBUG is never defined.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

add_library(casys_flags INTERFACE)
# Includes are written from the root: #include "app/base/bytes.h".
target_include_directories(casys_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(
    casys_flags INTERFACE _GNU_SOURCE "CASYSD_VERSION=\"${PROJECT_VERSION}\""
)
target_compile_options(
    casys_flags
    INTERFACE
        -fno-strict-aliasing
        -Wall
        -Wextra
        -Wpedantic
        -Wcast-align
        -Wconversion
        -Wdouble-promotion
        -Wformat=2
        -Wimplicit-fallthrough
        -Wmissing-declarations
        -Wmissing-prototypes
        -Wold-style-definition
        -Wpointer-arith
        -Wredundant-decls
        -Wshadow
        -Wsign-conversion
        -Wstrict-prototypes
        -Wundef
        -Wvla
        -Wwrite-strings
        # A switch over a status has no default, so that a new status stops the build there.
        -Wswitch
        -Werror=switch
        -Werror=implicit-function-declaration
        -Werror=incompatible-pointer-types
        -Werror=int-conversion
        $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond>
        $<$<C_COMPILER_ID:GNU>:-Wduplicated-branches>
        $<$<C_COMPILER_ID:GNU>:-Wlogical-op>
)

if(CASYS_WERROR)
    target_compile_options(casys_flags INTERFACE -Werror)
endif()

if(CASYS_HARDEN)
    check_c_compiler_flag(-fcf-protection CASYS_HAS_CF_PROTECTION)
    target_compile_options(
        casys_flags
        INTERFACE -fstack-protector-strong -fstack-clash-protection
                  $<$<BOOL:${CASYS_HAS_CF_PROTECTION}>:-fcf-protection>
    )
    # Some distributions define a lower level by default.
    target_compile_options(casys_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    target_link_options(casys_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

if(CASYS_SANITIZE)
    add_compile_options(
        "-fsanitize=${CASYS_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer
    )
    add_link_options("-fsanitize=${CASYS_SANITIZE}")
endif()

if(CASYS_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "CASYS_FUZZ needs clang: libFuzzer is part of it")
    endif()
    # The code under test reports its coverage to libFuzzer; only fuzz targets link its main().
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(CASYS_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
