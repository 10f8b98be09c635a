typedef int rp_placeholder;
