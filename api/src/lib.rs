//! yinxin
