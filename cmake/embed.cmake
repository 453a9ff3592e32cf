# A file as a C source: cmake -D IN=file -D OUT=file.c -D HEADER=app/x.h -D NAME=x -P embed.cmake
#
# OUT defines the function NAME of HEADER, struct slice NAME(void), that gives the bytes of IN. Bytes,
# because a string literal must not be as long as a file.
file(READ "${IN}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(
    WRITE "${OUT}"
    "#include \"${HEADER}\"\n\nstatic const uint8_t bytes[] = {\n${bytes}};\n\n"
    "struct slice ${NAME}(void)\n{\n    return slice_make(bytes, sizeof bytes);\n}\n"
)
