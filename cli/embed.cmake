# Writes OUTPUT, a C file with the bytes of each of FILES as
# `const struct rp__embedded rp__embedded_<set>[]`, ended by an entry without a
# name. Run by cmake -P with OUTPUT, SET and FILES, which '|' separates.
string(REPLACE "|" ";" FILES "${FILES}")
set(arrays "")
set(rows "")
set(index 0)
foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND arrays
        "static const unsigned char bytes_${index}[] = {${bytes}0x00};\n")
    string(APPEND rows
        "    {\"${name}\", (const char *)bytes_${index}, sizeof(bytes_${index}) - 1},\n")
    math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT}
    "#include \"embedded.h\"\n\n${arrays}\n"
    "const struct rp__embedded rp__embedded_${SET}[] = {\n${rows}    {NULL, NULL, 0},\n};\n")
