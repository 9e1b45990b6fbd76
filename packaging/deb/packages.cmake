# The .deb packages, one per install component. What is not named otherwise belongs to the program: "kinmu".
# Dependencies on libraries are computed (dpkg-shlibdeps); what is loaded at run time is named here.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL kinmu hub sdk)
if(TARGET kinmu_postgres)
    list(APPEND CPACK_COMPONENTS_ALL postgres)
endif()
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Kinmu)
set(CPACK_PACKAGE_CONTACT "Kinmu maintainers <maintainers@kinmu.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(summary_kinmu "records working time on PCs honestly and proves it")
set(text_kinmu "Collects power, logon and lock, input counts and the program in front,
keeps them encrypted and chained, and sends them to a hub or writes them
as files. Which key was pressed is kept nowhere.

Nothing is recorded before an administrator starts the service.")
set(depends_kinmu "libcurl4")
set(suggests_kinmu "kinmu-hub")
set(section_kinmu admin)
set(scripts_kinmu postinst prerm postrm)
set(folders_kinmu conf.d/${KINMU_PROFILE} /etc/kinmu/conf.d)

set(summary_hub "hub that keeps what a company's Kinmu agents record")
set(text_hub "Takes in the journals of enrolled PCs over TLS, keeps every record exactly
once, and hands them out. Runs as the account kinmu without any right of
the administrator's.")
set(depends_hub "kinmu (= ${PROJECT_VERSION}), adduser")
set(suggests_hub "kinmu-postgres")
set(section_hub admin)
set(scripts_hub postinst prerm postrm)
set(folders_hub conf.d/hub /etc/kinmu-hub/conf.d)

set(summary_postgres "PostgreSQL as journal and store of a Kinmu hub")
set(text_postgres "Lets several hub nodes share one PostgreSQL instead of files of their own.")
set(depends_postgres "kinmu (= ${PROJECT_VERSION})")
set(section_postgres database)

set(summary_sdk "headers, template and examples for plugins of Kinmu")
set(text_sdk "What a plugin includes (C11, C17, C++17), a test host for it, and the folder
that \"kinmu plugin new\" copies.")
set(recommends_sdk "kinmu, pkg-config, gcc | c-compiler")
set(section_sdk devel)

# The package's name; "kinmu" is the program's own component.
function(package_name component result)
    if(component STREQUAL kinmu)
        set(${result} kinmu PARENT_SCOPE)
    else()
        set(${result} kinmu-${component} PARENT_SCOPE)
    endif()
endfunction()

# Every shipped file below /etc is the administrator's once it is there.
function(write_conffiles component file)
    list(GET folders_${component} 0 from)
    list(GET folders_${component} 1 to)
    file(GLOB names RELATIVE ${CMAKE_SOURCE_DIR}/${from} CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${from}/*.yaml)
    list(TRANSFORM names PREPEND ${to}/)
    list(JOIN names "\n" lines)
    file(WRITE ${file} "${lines}\n")
endfunction()

# Debian wants each package's licence and changes beside it.
function(install_papers component name)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/papers/${name})
    file(MAKE_DIRECTORY ${folder})
    configure_file(deb/changelog.in ${folder}/changelog @ONLY)
    execute_process(COMMAND gzip -9nf ${folder}/changelog COMMAND_ERROR_IS_FATAL ANY)
    install(FILES deb/copyright ${folder}/changelog.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name}
        COMPONENT ${component})
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} key)
    package_name(${component} name)
    install_papers(${component} ${name})
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section_${component}})
    set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary_${component}}\n${text_${component}}")
    set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends_${component}}")
    set(CPACK_DEBIAN_${key}_PACKAGE_SUGGESTS "${suggests_${component}}")
    set(CPACK_DEBIAN_${key}_PACKAGE_RECOMMENDS "${recommends_${component}}")
    set(extra)
    foreach(script IN LISTS scripts_${component})
        list(APPEND extra ${CMAKE_CURRENT_SOURCE_DIR}/deb/${name}/${script})
    endforeach()
    if(folders_${component})
        write_conffiles(${component} ${CMAKE_CURRENT_BINARY_DIR}/deb/${name}/conffiles)
        list(APPEND extra ${CMAKE_CURRENT_BINARY_DIR}/deb/${name}/conffiles)
    endif()
    set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA ${extra})
endforeach()
include(CPack)
