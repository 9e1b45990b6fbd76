# kinmu_plugin(NAME input KIND collectors SOURCES a.c b.c [PACKAGES pkg-config names…] [LIBRARIES targets…]
#              [COMPONENT hub])
# One loadable module that sees the SDK, its own folder (a header of a folder below is "folder/name.h") and libraries
# of its own field, nothing of core/. COMPONENT is the package it goes into when that is not the program's.
function(kinmu_plugin)
    cmake_parse_arguments(P "" "NAME;KIND;COMPONENT" "SOURCES;PACKAGES;LIBRARIES" ${ARGN})
    add_library(plugin_${P_NAME} MODULE ${P_SOURCES})
    target_include_directories(plugin_${P_NAME} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(plugin_${P_NAME} PRIVATE kinmu_sdk ${P_LIBRARIES})
    if(P_PACKAGES)
        pkg_check_modules(PLUGIN_${P_NAME} REQUIRED IMPORTED_TARGET ${P_PACKAGES})
        target_link_libraries(plugin_${P_NAME} PRIVATE PkgConfig::PLUGIN_${P_NAME})
    endif()
    set_target_properties(plugin_${P_NAME} PROPERTIES PREFIX "" OUTPUT_NAME ${P_NAME}
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins/${P_KIND})
    if(NOT P_COMPONENT)
        set(P_COMPONENT kinmu)
    endif()
    install(TARGETS plugin_${P_NAME} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/kinmu/plugins/${P_KIND}
        COMPONENT ${P_COMPONENT})
endfunction()
