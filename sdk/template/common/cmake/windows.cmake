# Cross-compiles for Windows: cmake -B build-windows --toolchain cmake/windows.cmake
# Debian: apt install gcc-mingw-w64-x86-64 (and g++-mingw-w64-x86-64 for NEWPLUGIN_CXX).
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++)
