# casys_layer(NAME SOURCES file... [LAYERS library...] [PRIVATE library...])
#
# One layer of the tree as one static library. LAYERS are the layers below that it may include;
# whoever links this one gets them too. PRIVATE are outside libraries: their include paths stay
# here, only the linker sees them above.
#
# The list of sources is written out, never globbed: a file that is not named is not built.
function(casys_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LAYERS;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "casys_layer(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT arg_SOURCES)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_LAYERS})
        return()
    endif()
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(
        ${name}
        PUBLIC ${arg_LAYERS}
        PRIVATE casys_flags ${arg_PRIVATE}
    )
endfunction()
